// What the labs in the lessons train.

import { defaultRecipe, type Recipe } from "../../recipe.ts";

const xor = defaultRecipe({ kind: "xor", rows: 300, noise: 0.05, seed: 1 });
const noisy = defaultRecipe({ kind: "gauss", rows: 60, noise: 0.6, seed: 1 });
const clouds = defaultRecipe({ kind: "gauss", rows: 200, noise: 0.1, seed: 1 });

/** The training that learns noise; the figure shows it, too. */
const overFitted = withNetwork(noisy, {
  optimizer: { type: "adam", learningRate: 0.004 },
  hidden: [
    { units: 48, activation: "tanh" },
    { units: 48, activation: "tanh" },
  ],
});

export const RECIPES = {
  perceptron: withNetwork(clouds, {
    hidden: [],
    loss: "sse",
    output: "sigmoid",
    optimizer: { type: "sgd", learningRate: 0.01 },
  }),
  line: withNetwork(xor, { hidden: [] }),
  bent: withNetwork(xor, { hidden: [{ units: 4, activation: "tanh" }] }),
  digits: defaultRecipe("digits"),
  overFitted: { ...overFitted, training: { ...overFitted.training, validation: 0.5 } },
  decayed: {
    ...withNetwork(overFitted, {
      hidden: overFitted.network.hidden.map((layer) => ({ ...layer, l2: 0.03 })),
    }),
    training: { ...overFitted.training, validation: 0.5 },
  },
} satisfies Record<string, Recipe>;

function withNetwork(recipe: Recipe, network: Partial<Recipe["network"]>): Recipe {
  return { ...recipe, network: { ...recipe.network, ...network } };
}
