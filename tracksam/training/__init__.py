"""How the shipped model is made: data, network, loop, evaluation, export (extra ``train``)."""
