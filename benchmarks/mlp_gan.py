"""Who trains a GAN of multilayer perceptrons, for the workloads that differ only in sizes."""

from __future__ import annotations

from . import with_autograd, with_gemm, with_jax, with_minigan, with_mygrad, with_plain_text, with_torch

CONTENDERS = {
    "minigan": with_minigan.mlp_gan,
    "minigan-compiled": with_minigan.compiled_mlp_gan,
    "minigan-plain": with_plain_text.mlp_gan,
    "autograd": with_autograd.mlp_gan,
    "mygrad": with_mygrad.mlp_gan,
    "torch": with_torch.mlp_gan,
    "torch-tuned": with_torch.tuned_mlp_gan,
    "torch-compile": with_torch.compiled_mlp_gan,
    "jax": with_jax.mlp_gan,
    "floor": with_gemm.mlp_gan,
}
