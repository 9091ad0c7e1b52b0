"""A base model for tests of the large reader: MPNet with thin layers and random weights."""

import torch


def thin_mpnet(folder, n_layers):
    """Write a base model of so many layers to a folder and return the folder."""
    from transformers import MPNetConfig, MPNetModel

    torch.manual_seed(3)
    config = MPNetConfig(
        vocab_size=30527,
        hidden_size=32,
        num_hidden_layers=n_layers,
        num_attention_heads=4,
        intermediate_size=64,
        max_position_embeddings=80,
    )
    MPNetModel(config, add_pooling_layer=False).save_pretrained(folder)
    return folder


def thin_reader(base, path):
    """Write a large reader's weights on a base, a little off it, and return their file."""
    from reader_model import LargeReaderModel
    from safetensors.torch import save_file

    reader = LargeReaderModel(base, dtype=torch.float32)
    torch.manual_seed(4)
    with torch.no_grad():
        for weight in reader.own_weights().values():
            weight.add_(torch.randn_like(weight) * 0.05)
    save_file(reader.own_weights(), path)
    return path
