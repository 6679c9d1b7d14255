// The smallest that trains with jax-js.

import { defaultDevice, grad, init, jit, numpy as np, tree } from "@jax-js/jax";

const dense = (a, [w, b]) => np.reciprocal(np.exp(np.negative(np.matmul(a, w).add(b))).add(1));
const loss = (layers, x, y) => np.square(layers.reduce(dense, x).sub(y)).sum().mul(0.5);
const step = jit((layers, x, y) => {
  const gradients = grad(loss)(tree.ref(layers), x, y);
  return tree.map((p, g) => p.sub(g.mul(0.1)), layers, gradients);
});

export async function firstStep() {
  await init("wasm");
  defaultDevice("wasm");
  const layers = [
    [np.ones([784, 30]), np.zeros([30])],
    [np.ones([30, 10]), np.zeros([10])],
  ];
  step(layers, np.full([10, 784], 0.5), np.zeros([10, 10]))
    .at(-1)[1]
    .dataSync();
}
