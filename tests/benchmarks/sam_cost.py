"""What the SAM family costs at its real sizes: time to prepare and to prompt, and memory.

The weights are random: cost does not depend on their values. Each network runs in a process of its
own, so that the peak of memory is its own.

    python tests/benchmarks/sam_cost.py [NAME ...] [--device cpu] [--precision float32 bfloat16]
"""

import argparse
import json
import resource
import subprocess
import sys
import time

import numpy as np

NAMES = (
    "mobile-sam",
    "edgetam",
    "sam2.1-tiny",
    "sam2.1-small",
    "sam2.1-base-plus",
    "sam2.1-large",
    "sam-vit-b",
    "sam-hq",
    "sam-vit-l",
    "sam-vit-h",
)
HIERA = {
    "sam2.1-tiny": (96, 12),
    "sam2.1-small": (96, 16),
    "sam2.1-base-plus": (112, 24),
    "sam2.1-large": (144, 48),
}
SHAPE_YX = (1024, 1024)
PROMPTS = 16


def random_network(name, running):
    """Return one network of the family at its real size with random weights."""
    from tracksam.backends.memory import networks
    from tracksam.backends.sam import layout, official, quality, second, tinyvit

    if name in HIERA:
        width, blocks = HIERA[name]
        widths = [width * 2**stage for stage in range(4)]
        hiera = networks.HIERA[width, blocks]
        backbone = {"hidden_size": width, "embed_dim_per_stage": widths, **hiera}
        vision = {"backbone_config": backbone, "backbone_channel_list": widths[::-1]}
        model = networks.sam2({"vision_config": vision})
        return second.SecondNetwork(running.placed(model.eval()), running, name)
    if name == "edgetam":
        model = networks.edgetam({"vision_config": {"backbone_config": dict(networks.TIMM)}})
        return second.SecondNetwork(running.placed(model.eval()), running, name)
    sizes = {"sam-vit-l": layout.VIT_L, "sam-vit-h": layout.VIT_H}.get(name, layout.VIT_B)
    if name == "sam-hq":
        return quality.QualityNetwork(running.placed(quality.build_hq(sizes)), running, name)
    if name == "mobile-sam":
        from segment_anything.modeling import Sam

        model = Sam(tinyvit.TinyViT(tinyvit.TinySizes()), *layout.build_heads(sizes)).eval()
    else:
        model = layout.build(sizes)
    return official.OfficialNetwork(running.placed(model), running, name)


def measure(name, device, precision):
    """Return a row of the table."""
    import torch

    from tracksam.backends.sam.network import Ask
    from tracksam.backends.sam.running import Running

    running = Running.pick(device, precision)
    network = random_network(name, running)
    parameters = sum(p.numel() for p in network.model.parameters())
    image_yxc = np.random.default_rng(0).integers(0, 255, (*SHAPE_YX, 3), dtype=np.uint8)
    point = Ask(np.array([[500.0, 600.0]]), np.array([True]))

    def timed(work):
        start, used = time.perf_counter(), time.process_time()
        found = work()
        if device.startswith("cuda"):
            torch.cuda.synchronize()
        return found, time.perf_counter() - start, time.process_time() - used

    def prompted(count):
        logits, _ = network.decode(embedding, SHAPE_YX, [point] * count)
        return network.enlarge(logits[:, 1:].reshape(-1, *logits.shape[2:]), SHAPE_YX) > 0

    embedding, prepare_s, prepare_cpu_s = timed(lambda: network.encode(image_yxc))
    prompted(1)
    _, one_s, one_cpu_s = timed(lambda: prompted(1))
    _, many_s, many_cpu_s = timed(lambda: prompted(PROMPTS))
    peak = torch.cuda.max_memory_allocated() / 1024 if device.startswith("cuda") else None
    if peak is None:
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return {
        "network": name,
        "parameters": parameters,
        "device": running.device,
        "precision": running.precision,
        "prepare: wall s": round(prepare_s, 1),
        "processor s": round(prepare_cpu_s, 1),
        "1 prompt: wall s": round(one_s, 2),
        "processor s ": round(one_cpu_s, 2),
        f"{PROMPTS} prompts: wall s": round(many_s, 1),
        "processor s  ": round(many_cpu_s, 1),
        "peak memory (MB)": round(peak / 1024),
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", default=NAMES)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--precision", nargs="+", default=["float32"])
    parser.add_argument("--one", action="store_true", help="in this process, as JSON")
    given = parser.parse_args()
    if given.one:
        print(json.dumps(measure(given.names[0], given.device, given.precision[0])))
        return
    titled = False
    for name in given.names:
        for precision in given.precision:
            words = [name, "--device", given.device, "--precision", precision, "--one"]
            done = subprocess.run(
                [sys.executable, "-W", "ignore", __file__, *words],
                capture_output=True,
                text=True,
                check=True,
            )
            row = json.loads(done.stdout.splitlines()[-1])
            if not titled:
                print("| " + " | ".join(row) + " |")
                print("|" + "---|" * len(row))
                titled = True
            values = (f"{v:,}" if isinstance(v, int) else str(v) for v in row.values())
            print("| " + " | ".join(values) + " |", flush=True)


if __name__ == "__main__":
    main()
