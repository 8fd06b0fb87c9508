import functools

from flax import linen as nn


class Merger:
    def __call__(self, *names):
        def deco(fn):
            @functools.wraps(fn)
            def wrapped(self, x, train=None):
                return fn(self, x, nn.merge_param("train", self.train, train))

            return wrapped

        return deco


merging = Merger()
