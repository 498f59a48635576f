"""A convolutional autoencoder with batch norm, transposed convolutions and upsampling."""


def keras_model():
    import keras
    from keras import layers
    return keras.Sequential([
        keras.Input((8, 8, 3)),
        layers.Conv2D(6, 3, strides=2, padding="same"),
        layers.BatchNormalization(),
        layers.LeakyReLU(negative_slope=0.3),
        layers.Conv2D(7, 3, padding="same"),
        layers.BatchNormalization(),
        layers.LeakyReLU(negative_slope=0.3),
        layers.Dropout(0.25),
        layers.Conv2DTranspose(6, 2, strides=2, padding="same"),
        layers.BatchNormalization(),
        layers.ELU(),
        layers.UpSampling2D(2, interpolation="bilinear"),
        layers.AveragePooling2D(3, strides=2, padding="same"),
        layers.Conv2D(3, 3, padding="same", activation="sigmoid"),
    ])


def torch_model():
    from torch import nn
    act = lambda: nn.LeakyReLU(0.3)  # noqa: E731
    bn = lambda n: nn.BatchNorm2d(n, eps=0.001, momentum=0.01)  # noqa: E731
    encoder = nn.Sequential(nn.ZeroPad2d((0, 1, 0, 1)), nn.Conv2d(3, 6, 3, 2), bn(6), act(),
                            nn.Conv2d(6, 7, 3, padding="same"), bn(7), act(), nn.Dropout(0.25))
    decoder = nn.Sequential(nn.ConvTranspose2d(7, 6, 2, 2), bn(6), nn.ELU(),
                            nn.Upsample(scale_factor=2, mode="bilinear", align_corners=False),
                            nn.ZeroPad2d((0, 1, 0, 1)), Pool(nn), nn.Conv2d(6, 3, 3, padding=1), nn.Sigmoid())
    return nn.Sequential(encoder, decoder)


def Pool(nn):
    # keras does not count the cells of padding: with "same" at stride 2 they stand at the end
    class CountedPool(nn.Module):
        def forward(self, x):
            import torch
            import torch.nn.functional as F
            ones = F.pad(torch.ones_like(x[:, :, :-1, :-1]), (0, 1, 0, 1))
            return F.avg_pool2d(x, 3, 2) / F.avg_pool2d(ones, 3, 2)
    return CountedPool()


def load(km, tm):
    import torch
    from torch import nn
    ours = [m for m in tm.modules() if isinstance(m, (nn.Conv2d, nn.ConvTranspose2d, nn.BatchNorm2d))]
    theirs = [la for la in km.layers if la.get_weights()]
    for m, la in zip(ours, theirs):
        w = [torch.tensor(a) for a in la.get_weights()]
        if isinstance(m, nn.BatchNorm2d):
            m.load_state_dict({"weight": w[0], "bias": w[1], "running_mean": w[2], "running_var": w[3],
                               "num_batches_tracked": torch.tensor(0)})
        else:
            m.load_state_dict({"weight": w[0].permute(3, 2, 0, 1), "bias": w[1]})
