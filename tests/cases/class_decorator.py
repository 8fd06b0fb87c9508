from flax import linen as nn


def merges(*names):
    def wrap(cls):
        call = cls.__call__

        def merged(self, x, **kw):
            for n in names:
                kw[n] = nn.merge_param(n, getattr(self, n), kw.get(n))
            return call(self, x, **kw)

        cls.__call__ = merged
        return cls

    return wrap


@merges("train")
class Net(nn.Module):
    train: bool | None = None

    @nn.compact
    def __call__(self, x, train: bool | None = None):
        return nn.Dropout(0.5, deterministic=not train)(x)
