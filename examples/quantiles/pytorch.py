"""Three quantiles by the pinball loss, as PyTorch learns them in f64: python3 pytorch.py > pytorch.json

y is x and noise that grows with x. Debian's python3-torch.
"""

import json

import torch
from torch import nn

torch.manual_seed(5)
torch.set_default_dtype(torch.float64)


def numbers(tensor):
    return tensor.detach().flatten().tolist()


levels = torch.tensor([0.1, 0.5, 0.9])
rows, steps, batch = 64, 60, 16
x = torch.rand(rows, 1)
y = x + (torch.rand(rows, 1) - 0.5) * (0.2 + x)
first, second = nn.Linear(1, 8), nn.Linear(8, 3)
parameters = [first.weight, first.bias, second.weight, second.bias]
before = [numbers(p.t() if p.dim() == 2 else p) for p in parameters]
adam = torch.optim.Adam(parameters, lr=0.02)
losses = []
for step in range(steps):
    at = step * batch % rows
    a = second(torch.tanh(first(x[at : at + batch])))
    d = y[at : at + batch] - a
    loss = torch.maximum(levels * d, (levels - 1) * d).mean()
    adam.zero_grad()
    loss.backward()
    adam.step()
    losses.append(loss.item())
after = [numbers(p.t() if p.dim() == 2 else p) for p in parameters]
print(
    json.dumps(
        {
            "levels": levels.tolist(),
            "x": x.tolist(),
            "y": y.tolist(),
            "batchSize": batch,
            "learningRate": 0.02,
            "before": before,
            "losses": losses,
            "after": after,
        }
    )
)
