// The textbook's network: sigmoid layers, half the squared error, plain gradient descent. None of it is a default.

export const TEXTBOOK = { loss: "sse", optimizer: "sgd" } as const;
