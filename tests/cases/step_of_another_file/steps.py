def sample(model, params, x):
    return model.apply({"params": params}, x, train=True)
