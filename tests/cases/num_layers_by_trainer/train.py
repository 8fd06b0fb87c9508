from model import Net


class Trainer:
    def __init__(self):
        self.net = Net(steps=3)

    def run(self, v, x):
        return self.net.apply(v, x, steps=self.net.steps)
