"""Tiny models of the real classes, with random weights, as folders as the hub has them."""

import json
from pathlib import Path
from typing import Any

TEXT = {
    "hidden_size": 16,
    "intermediate_size": 32,
    "num_hidden_layers": 1,
    "num_attention_heads": 2,
    "vocab_size": 560,
    "max_position_embeddings": 16,
    "bos_token_id": 512,
    "eos_token_id": 513,
    "pad_token_id": 513,
}
VISION = {
    "hidden_size": 16,
    "intermediate_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "image_size": 64,
    "patch_size": 8,
}


def made(folder: Path, network: Any, *, bert: bool = False, speaks: bool = True) -> Path:
    """Write a network and, if it speaks, a tokenizer into a folder."""
    network.save_pretrained(str(folder), safe_serialization=True)
    if speaks and bert:
        _bert_tokenizer(folder)
    elif speaks:
        _clip_tokenizer(folder)
    return folder


def _clip_tokenizer(folder: Path) -> None:
    from transformers import CLIPTokenizer
    from transformers.convert_slow_tokenizer import bytes_to_unicode

    letters = list(bytes_to_unicode().values())
    words = [*letters, *(f"{one}</w>" for one in letters), "<|startoftext|>", "<|endoftext|>"]
    (folder / "vocab.json").write_text(json.dumps({w: i for i, w in enumerate(words)}))
    (folder / "merges.txt").write_text("#version: 0.2\n")
    made_one = CLIPTokenizer(str(folder / "vocab.json"), str(folder / "merges.txt"))
    made_one.save_pretrained(str(folder))


def _bert_tokenizer(folder: Path) -> None:
    from transformers import BertTokenizerFast

    letters = "abcdefghijklmnopqrstuvwxyz."
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *letters, *(f"##{a}" for a in letters)]
    (folder / "vocab.txt").write_text("\n".join(words) + "\n")
    BertTokenizerFast(str(folder / "vocab.txt")).save_pretrained(str(folder))


def owl(folder: Path, *, second: bool = True) -> Path:
    """OWLv2 or OWL-ViT whose patches do not know where they are, with a box on each patch."""
    import torch
    import transformers

    torch.manual_seed(0)
    name = "Owlv2" if second else "OwlViT"
    config = getattr(transformers, f"{name}Config")(
        text_config=TEXT, vision_config=VISION, projection_dim=16
    )
    network = getattr(transformers, f"{name}ForObjectDetection")(config)
    with torch.no_grad():
        for label, values in network.named_parameters():
            if "vision" in label and "position_embedding" in label:
                values.zero_()
            elif "box_head.dense2" in label:
                values.zero_()  # every box lies on its patch
            elif "layer_norm" not in label and "box_head" not in label and values.ndim > 1:
                values.mul_(8)
    return made(folder, network)


def dino(folder: Path) -> Path:
    import torch
    from transformers import GroundingDinoConfig, GroundingDinoForObjectDetection, SwinConfig

    torch.manual_seed(0)
    swin = SwinConfig(
        image_size=64,
        patch_size=4,
        embed_dim=16,
        depths=[1, 1, 1, 1],
        num_heads=[1, 1, 2, 2],
        window_size=2,
        out_features=["stage2", "stage3", "stage4"],
    )
    config = GroundingDinoConfig(
        backbone_config=swin,
        text_config={
            "model_type": "bert",
            "hidden_size": 16,
            "num_hidden_layers": 1,
            "num_attention_heads": 2,
            "intermediate_size": 32,
            "vocab_size": 60,
        },
        d_model=32,
        encoder_layers=1,
        decoder_layers=2,
        encoder_attention_heads=2,
        decoder_attention_heads=2,
        encoder_ffn_dim=32,
        decoder_ffn_dim=32,
        num_queries=20,
        disable_custom_kernels=True,
        max_text_len=48,
    )
    return made(folder, GroundingDinoForObjectDetection(config), bert=True)


def clipseg(folder: Path) -> Path:
    import torch
    from transformers import CLIPSegConfig, CLIPSegForImageSegmentation

    torch.manual_seed(0)
    config = CLIPSegConfig(
        text_config=TEXT,
        vision_config=VISION,
        projection_dim=16,
        extract_layers=[0, 1],
        reduce_dim=8,
        decoder_num_attention_heads=2,
        decoder_intermediate_size=16,
        conditional_layer=0,
    )
    return made(folder, CLIPSegForImageSegmentation(config))


def clip(folder: Path) -> Path:
    import torch
    from transformers import CLIPConfig, CLIPModel

    torch.manual_seed(0)
    config = CLIPConfig(text_config=TEXT, vision_config=VISION, projection_dim=16)
    return made(folder, CLIPModel(config))


def dinov2(folder: Path) -> Path:
    import torch
    from transformers import Dinov2Config, Dinov2Model

    torch.manual_seed(0)
    config = Dinov2Config(
        hidden_size=16, num_hidden_layers=2, num_attention_heads=2, image_size=64, patch_size=8
    )
    return made(folder, Dinov2Model(config), speaks=False)
