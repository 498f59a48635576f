"""Classes that a file of PyTorch brings with it, where PyTorch has no layer of the kind."""

OWN = {
    "StochasticDepth": '''
class StochasticDepth(nn.Module):
    """In training drops whole examples with probability p, and scales the others by 1 / (1 - p)."""

    def __init__(self, p):
        super().__init__()
        self.p = p

    def forward(self, x):
        if not self.training:
            return x
        kept = torch.rand(len(x), *[1] * (x.dim() - 1), device=x.device) >= self.p
        return x * kept / (1 - self.p)
'''}
