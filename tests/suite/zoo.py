"""Modules as they stand in real projects, for which constructor arguments and inputs are to be made up."""

from __future__ import annotations

import enum
import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import flax.linen as nn
import jax
import jax.numpy as jnp

if TYPE_CHECKING:
    from jaxtyping import Array, Bool, Float, Int

ModuleDef = Any


class Mlp(nn.Module):
    features: Sequence[int]
    activation: Callable[[jax.Array], jax.Array] = nn.relu

    @nn.compact
    def __call__(self, x):
        for size in self.features:
            x = self.activation(nn.Dense(size)(x))
        return x


class DroppedMlp(nn.Module):
    hidden: int
    out: int
    rate: float = 0.0

    @nn.compact
    def __call__(self, x, train: bool = False):
        x = nn.Dropout(self.rate, deterministic=not train)(nn.relu(nn.Dense(self.hidden)(x)))
        return nn.Dense(self.out)(x)


class LeNet(nn.Module):
    num_classes: int = 10

    @nn.compact
    def __call__(self, x):
        for features in (8, 16):
            x = nn.avg_pool(nn.relu(nn.Conv(features, (5, 5))(x)), (2, 2), (2, 2))
        return nn.Dense(self.num_classes)(x.reshape(x.shape[0], -1))


class Flat784(nn.Module):
    """Classifies flat pictures of 28 by 28."""

    @nn.compact
    def __call__(self, x):
        x = x.reshape((-1, 784))
        assert x.shape[0] == 2, x.shape
        return nn.Dense(10)(x)


class ResidualAtWidth(nn.Module):
    """Adds to its input, so that the input has its width."""

    @nn.compact
    def __call__(self, x):
        return x + nn.Dense(48)(nn.LayerNorm()(x))


class Conv1D(nn.Module):
    features: int
    kernel_size: tuple[int, ...] = (3,)

    @nn.compact
    def __call__(self, x):
        batch, length, _ = x.shape
        x = nn.Conv(self.features, self.kernel_size)(x)
        return x.reshape(batch, length * self.features)


class VideoNet(nn.Module):
    @nn.compact
    def __call__(self, clip):
        return nn.Conv(4, (3, 3, 3))(clip).mean(axis=(1, 2, 3))


class ResNetBlock(nn.Module):
    filters: int
    conv: ModuleDef
    norm: ModuleDef
    act: Callable
    strides: tuple[int, int] = (1, 1)

    @nn.compact
    def __call__(self, x):
        y = self.act(self.norm()(self.conv(self.filters, (3, 3), self.strides)(x)))
        y = self.norm(scale_init=nn.initializers.zeros_init())(self.conv(self.filters, (3, 3))(y))
        if x.shape != y.shape:
            x = self.norm(name="norm_proj")(self.conv(self.filters, (1, 1), self.strides, name="conv_proj")(x))
        return self.act(x + y)


class ResNet(nn.Module):
    stage_sizes: Sequence[int]
    block_cls: ModuleDef = ResNetBlock
    num_classes: int = 10
    num_filters: int = 8
    dtype: Any = jnp.float32

    @nn.compact
    def __call__(self, x, train: bool = True):
        conv = functools.partial(nn.Conv, use_bias=False, dtype=self.dtype)
        norm = functools.partial(nn.BatchNorm, use_running_average=not train, dtype=self.dtype)
        x = conv(self.num_filters, (7, 7), (2, 2))(x)
        for i, blocks in enumerate(self.stage_sizes):
            for j in range(blocks):
                strides = (2, 2) if i > 0 and j == 0 else (1, 1)
                x = self.block_cls(self.num_filters * 2**i, conv, norm, nn.relu, strides)(x)
        return nn.Dense(self.num_classes)(x.mean(axis=(1, 2)))


class PatchEmbed(nn.Module):
    patch_size: int
    embed_dim: int

    @nn.compact
    def __call__(self, images):
        size = (self.patch_size, self.patch_size)
        b, h, w, c = nn.Conv(self.embed_dim, size, size)(images).shape
        return jnp.zeros((b, h * w, c))


class SelfAttentionBlock(nn.Module):
    num_heads: int
    deterministic: bool | None = None
    dropout_rate: float = 0.1

    @nn.compact
    def __call__(self, x, mask=None, deterministic: bool | None = None):
        deterministic = nn.merge_param("deterministic", self.deterministic, deterministic)
        y = nn.MultiHeadDotProductAttention(self.num_heads)(nn.LayerNorm()(x), mask=mask)
        return x + nn.Dropout(self.dropout_rate)(y, deterministic=deterministic)


class HandMadeAttention(nn.Module):
    dim: int
    heads: int

    @nn.compact
    def __call__(self, x):
        b, t, d = x.shape
        assert d == self.dim
        q, k, v = jnp.split(nn.Dense(3 * d)(x).reshape(b, t, self.heads, -1), 3, axis=-1)
        weights = nn.softmax(jnp.einsum("bqhd,bkhd->bhqk", q, k))
        return nn.Dense(d)(jnp.einsum("bhqk,bkhd->bqhd", weights, v).reshape(b, t, d))


class CrossAttention(nn.Module):
    num_heads: int
    qkv_features: int

    @nn.compact
    def __call__(self, inputs_q, inputs_kv, mask):
        b, q, _ = inputs_q.shape
        mask = jnp.broadcast_to(mask, (b, self.num_heads, q, inputs_kv.shape[1]))
        return nn.MultiHeadDotProductAttention(self.num_heads, qkv_features=self.qkv_features)(
            inputs_q, inputs_kv, mask=mask
        )


class TransformerEncoder(nn.Module):
    vocab_size: int
    d_model: int
    num_heads: int
    num_layers: int
    max_len: int
    dropout: float = 0.1

    @nn.compact
    def __call__(self, tokens, mask, *, train: bool):
        x = nn.Embed(self.vocab_size, self.d_model)(tokens)
        x = x + self.param("positions", nn.initializers.normal(), (self.max_len, self.d_model))[: tokens.shape[1]]
        attention = nn.make_attention_mask(mask, mask)
        for _ in range(self.num_layers):
            y = nn.MultiHeadDotProductAttention(self.num_heads)(nn.LayerNorm()(x), mask=attention)
            x = x + nn.Dropout(self.dropout, deterministic=not train)(y)
        return nn.Dense(self.vocab_size)(x)


class WordBag(nn.Module):
    vocabulary: int
    classes: int

    @nn.compact
    def __call__(self, x):
        return nn.Dense(self.classes)(nn.Embed(self.vocabulary, 8)(x).mean(axis=1))


class Bert(nn.Module):
    """Token, segment and position embeddings."""

    vocab_size: int = 30522
    hidden_size: int = 768
    num_attention_heads: int = 12

    @nn.compact
    def __call__(self, input_ids, attention_mask, token_type_ids, position_ids, deterministic: bool = True):
        x = nn.Embed(self.vocab_size, self.hidden_size)(input_ids)
        x += nn.Embed(2, self.hidden_size)(token_type_ids) + nn.Embed(512, self.hidden_size)(position_ids)
        mask = nn.make_attention_mask(attention_mask, attention_mask)
        x = nn.MultiHeadDotProductAttention(self.num_attention_heads)(x, mask=mask)
        return nn.Dropout(0.1)(x, deterministic=deterministic)


class LstmClassifier(nn.Module):
    hidden_size: int
    num_classes: int

    @nn.compact
    def __call__(self, x):
        x = nn.RNN(nn.OptimizedLSTMCell(self.hidden_size))(x)
        return nn.Dense(self.num_classes)(x[:, -1])


class OwnCell(nn.RNNCellBase):
    features: int

    @nn.compact
    def __call__(self, carry, x):
        c, h = carry
        gate = nn.sigmoid(nn.Dense(self.features)(jnp.concatenate([x, h], -1)))
        c = gate * c + (1 - gate) * nn.Dense(self.features)(x)
        return (c, nn.tanh(c)), c

    def initialize_carry(self, rng, input_shape):
        shape = (*input_shape[:-1], self.features)
        return jnp.zeros(shape), jnp.zeros(shape)

    @property
    def num_feature_axes(self) -> int:
        return 1


class StaticCarryCell(nn.Module):
    @nn.compact
    def __call__(self, carry, x):
        carry, y = nn.LSTMCell(x.shape[-1])(carry, x)
        return carry, y

    @staticmethod
    def initialize_carry(batch_size, hidden_size):
        cell = nn.LSTMCell(hidden_size, parent=None)
        return cell.initialize_carry(jax.random.key(0), (batch_size, hidden_size))


class GruStep(nn.Module):
    """Without a method that makes a state."""

    features: int

    @nn.compact
    def __call__(self, state, x):
        return nn.GRUCell(self.features)(state, x)


class Vae(nn.Module):
    latents: int = 4

    @nn.compact
    def __call__(self, x, z_rng):
        mean, logvar = nn.Dense(self.latents)(x), nn.Dense(self.latents)(x)
        z = mean + jnp.exp(0.5 * logvar) * jax.random.normal(z_rng, mean.shape)
        return nn.Dense(x.shape[-1])(z), mean, logvar


class SamplingVae(nn.Module):
    latents: int = 4

    @nn.compact
    def __call__(self, x, train: bool | None = None):
        mean = nn.Dense(self.latents)(x)
        if train:
            mean += jax.random.normal(self.make_rng("latent"), mean.shape)
            mean = nn.Dropout(0.5, deterministic=False)(mean)
        return nn.Dense(x.shape[-1])(mean)


class NormedNet(nn.Module):
    features: int
    use_running_average: bool | None = None

    @nn.compact
    def __call__(self, x, use_running_average: bool | None = None):
        average = nn.merge_param("use_running_average", self.use_running_average, use_running_average)
        return nn.BatchNorm(use_running_average=average)(nn.Dense(self.features)(x))


class GroupNormed(nn.Module):
    channels: int
    num_groups: int

    @nn.compact
    def __call__(self, img):
        return nn.GroupNorm(self.num_groups)(nn.Conv(self.channels, (3, 3))(img))


@dataclass(frozen=True)
class GptConfig:
    vocab_size: int = 50257
    block_size: int = 1024
    n_layer: int = 12
    n_head: int = 12
    n_embd: int = 768
    dropout: float = 0.0


class Gpt(nn.Module):
    config: GptConfig

    @nn.compact
    def __call__(self, idx, *, deterministic: bool | None = None):
        c = self.config
        _, t = idx.shape
        assert t <= c.block_size
        x = nn.Embed(c.vocab_size, c.n_embd)(idx)
        for _ in range(min(c.n_layer, 2)):
            mask = nn.make_causal_mask(idx)
            x += nn.MultiHeadDotProductAttention(c.n_head)(nn.LayerNorm()(x), mask=mask)
            x = nn.Dropout(c.dropout)(x, deterministic=deterministic)
        return nn.Dense(c.vocab_size)(x)


class PretrainedConfig:
    """As configurations of published models are: a constructor full of defaults."""

    def __init__(self, hidden_size=768, intermediate_size=3072, num_heads=12, hidden_act="gelu", **kwargs):
        self.hidden_size, self.intermediate_size = hidden_size, intermediate_size
        self.num_heads, self.hidden_act = num_heads, hidden_act


class PretrainedLayer(nn.Module):
    config: PretrainedConfig
    dtype: jnp.dtype = jnp.float32

    @nn.compact
    def __call__(self, hidden_states):
        y = nn.Dense(self.config.intermediate_size, dtype=self.dtype)(hidden_states)
        return hidden_states + nn.Dense(self.config.hidden_size)(getattr(nn, self.config.hidden_act)(y))


@dataclass
class NestedConfig:
    width: int
    inner: GptConfig = field(default_factory=GptConfig)


class Nested(nn.Module):
    cfg: NestedConfig

    @nn.compact
    def __call__(self, x):
        return nn.Dense(self.cfg.inner.n_embd)(nn.Dense(self.cfg.width)(x))


class Activation(enum.Enum):
    RELU = "relu"
    TANH = "tanh"


class Choosing(nn.Module):
    activation: Activation
    norm: Literal["batch", "layer"]
    dtype: jnp.dtype
    kernel_init: Callable[..., Any]
    use_bias: bool

    @nn.compact
    def __call__(self, x):
        act = {Activation.RELU: nn.relu, Activation.TANH: nn.tanh}[self.activation]
        norm = {"batch": functools.partial(nn.BatchNorm, use_running_average=False), "layer": nn.LayerNorm}[self.norm]
        dense = nn.Dense(4, use_bias=self.use_bias, kernel_init=self.kernel_init, dtype=self.dtype)
        return act(norm()(dense(x)))


class KeywordOnly(nn.Module, kw_only=True):
    width: int
    depth: int = 2
    rate: float

    @nn.compact
    def __call__(self, x, *, training: bool):
        for _ in range(self.depth):
            x = nn.Dropout(self.rate)(nn.Dense(self.width)(x), deterministic=not training)
        return x


class TwoTowers(nn.Module):
    left: nn.Module
    right: Mlp

    def __call__(self, x, y):
        a, b = self.left(x), self.right(y)
        return a @ b.T


class Wrapper(nn.Module):
    layer_cls: type[nn.Module]
    norm: Callable[..., nn.Module]

    @nn.compact
    def __call__(self, x):
        return self.norm()(self.layer_cls(features=8)(x))


class Bilinear(nn.Module):
    features: int

    @nn.compact
    def __call__(self, x, y):
        return nn.Dense(self.features)(jnp.einsum("bi,bj->bij", x, y).reshape(x.shape[0], -1))


class DictInput(nn.Module):
    @nn.compact
    def __call__(self, batch):
        words = nn.Embed(20, 8)(batch["tokens"])
        return nn.Dense(4)(words.mean(axis=1) + nn.Dense(8)(batch["image"].reshape(words.shape[0], -1)))


class AnnotatedDict(nn.Module):
    features: int

    @nn.compact
    def __call__(self, inputs: dict[str, jax.Array], train: bool):
        x = nn.Dense(self.features)(inputs["state"]) + nn.Dense(self.features)(inputs["action"])
        return nn.BatchNorm(use_running_average=not train)(x)


class Graph(NamedTuple):
    nodes: jax.Array
    adjacency: jax.Array


class GraphNet(nn.Module):
    features: int

    @nn.compact
    def __call__(self, graph: Graph):
        return graph.adjacency @ nn.Dense(self.features)(graph.nodes)


class PairInput(nn.Module):
    @nn.compact
    def __call__(self, pair: tuple[jax.Array, jax.Array]):
        one, other = pair
        return nn.Dense(3)(one) * nn.Dense(3)(other)


class SpokenOf(nn.Module):
    """Needs a rank that nothing but its docstring tells."""

    @nn.compact
    def __call__(self, u, g):
        """Mixes.

        Args:
            u: [batch, length, heads, features] what is mixed.
            g: gates of shape (batch, heads).
        """
        b, _, h, f = u.shape
        assert g.shape == (b, h)
        return nn.Dense(f)(u * g[:, None, :, None])


class Typed(nn.Module):
    features: int

    @nn.compact
    def __call__(
        self,
        q: Float[Array, "batch length features"],  # noqa: F722
        i: Int[Array, "batch length"],  # noqa: F722
        m: Bool[Array, "batch length"],  # noqa: F722
    ) -> jax.Array:
        assert i.dtype == jnp.int32 and m.dtype == jnp.bool_
        q = q + nn.Embed(10, q.shape[-1])(i)
        return jnp.where(m[..., None], nn.Dense(self.features)(q), 0.0)


class Diffusion(nn.Module):
    """A network that is told the time."""

    channels: int = 8

    @nn.compact
    def __call__(self, x, t, class_labels=None):
        emb = nn.Dense(self.channels)(jnp.sin(t[:, None] * jnp.arange(1, 9)))
        return nn.Conv(x.shape[-1], (3, 3))(nn.Conv(self.channels, (3, 3))(x) + emb[:, None, None, :])


class Critic(nn.Module):
    hidden_dims: Sequence[int]

    @nn.compact
    def __call__(self, observations, actions):
        x = jnp.concatenate([observations, actions], -1)
        for size in self.hidden_dims:
            x = nn.relu(nn.Dense(size)(x))
        return nn.Dense(1)(x).squeeze(-1)


class WithSetup(nn.Module):
    latent_dim: int

    def setup(self) -> None:
        self.encoder = nn.Dense(self.latent_dim)
        self.decoder = nn.Dense(12)

    def __call__(self, x):
        return self.decoder(self.encode(x))

    def encode(self, x):
        return self.encoder(x)


class LooksAtValues(nn.Module):
    @nn.compact
    def __call__(self, x, threshold: float):
        return nn.Dense(2)(x) if float(x.sum()) > -1e9 else x * threshold


class Many(nn.Module):
    @nn.compact
    def __call__(self, *xs):
        return sum(nn.Dense(4)(x) for x in xs)


class Temperature(nn.Module):
    classes: int
    temperature: float | None = None

    @nn.compact
    def __call__(self, x, temperature: float | None = None):
        return nn.Dense(self.classes)(x) / nn.merge_param("temperature", self.temperature, temperature)


class ReadsTheAttribute(nn.Module):
    """Faulty: the call's value never counts."""

    use_running_average: bool | None = None

    @nn.compact
    def __call__(self, x, use_running_average: bool | None = None):  # noqa: JFX101
        return nn.BatchNorm(use_running_average=self.use_running_average)(x)


# What cannot be made up: nothing in the text says it.


class OddRank(nn.Module):
    """Takes seven axes."""

    @nn.compact
    def __call__(self, x):
        a, b, c, d, e, f, g = x.shape
        return nn.Dense(2)(x.reshape(a, b * c * d * e * f * g))


class Registered(nn.Module):
    key: str

    @nn.compact
    def __call__(self, x):
        return {"resnet-nine": nn.Dense(3), "vit-tiny": nn.Dense(4)}[self.key](x)


class Opaque(nn.Module):
    thing: Undefined  # noqa: F821 - a class of a package that is not installed

    @nn.compact
    def __call__(self, x):
        return nn.Dense(self.thing.width)(x)


class Width:
    """What ``Opaque`` takes."""

    width = 5


def a_width() -> Width:
    return Width()


WIDTH = Width()


def some_cases() -> list[tuple[dict[str, Any], list[Any]]]:
    return [({}, ["float32[2,1,2,1,2,1,3]"]), ({}, [jnp.ones((1, 1, 1, 1, 1, 1, 2))])]
