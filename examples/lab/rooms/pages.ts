// The site's rooms: where each page is, what it is called, and what is in it.

import type { Page } from "../page.ts";

export const PAGES: readonly (Omit<Page, "body"> & { readonly file: string })[] = [
  {
    path: "",
    file: "start.html",
    title: "bitgrad: neural networks with the same bits everywhere",
    description:
      "Train a neural network in this page, share it as a link, and prove that whoever opens it gets the same bits.",
    scripts: [],
  },
  {
    path: "lab/",
    file: "lab.html",
    title: "The lab: train a neural network in this page",
    description: "Choose data, make a network, watch it learn, and share the training as a link that proves itself.",
    scripts: ["bitgradTrainer", "lab"],
  },
  {
    path: "bench/",
    file: "bench.html",
    title: "Bench: how fast does this browser train?",
    description: "Races WebAssembly against plain JavaScript in your browser: trainings and single operations.",
    scripts: ["bitgradContestant", "bench"],
  },
  {
    path: "bench/frames/",
    file: "frames.html",
    title: "Frames: does a page stay smooth while it trains?",
    description: "Counts the pictures that a page draws while it trains a network on its own thread.",
    scripts: ["frames"],
  },
  {
    path: "verify/",
    file: "verify.html",
    title: "Verify: does this browser compute the right bits?",
    description:
      "Runs a thousand small computations in your browser and compares every bit with those of all tested platforms.",
    scripts: ["verify"],
  },
  {
    path: "learn/",
    file: "learn/index.html",
    title: "Learn how a network learns",
    description:
      "Five short pages with something to move: the perceptron, exclusive or, same bits, digits, over-fitting.",
    scripts: [],
  },
  {
    path: "learn/perceptron/",
    file: "learn/perceptron.html",
    title: "The perceptron",
    description: "One unit, and every factor of the chain rule beside a measurement.",
    scripts: ["bitgradTrainer", "lab", "perceptron"],
  },
  {
    path: "learn/exclusive-or/",
    file: "learn/exclusive-or.html",
    title: "Exclusive or",
    description: "A problem that one unit can’t solve, and that four can.",
    scripts: ["bitgradTrainer", "lab"],
  },
  {
    path: "learn/same-bits/",
    file: "learn/same-bits.html",
    title: "Why results differ elsewhere",
    description: "The order of sums and Math.exp: why two computers train other networks from one seed.",
    scripts: ["sameBits"],
  },
  {
    path: "learn/digits/",
    file: "learn/digits.html",
    title: "Digits: a network learns to read",
    description: "A network learns to read handwriting in this page.",
    scripts: ["bitgradTrainer", "lab"],
  },
  {
    path: "learn/over-fitting/",
    file: "learn/over-fitting.html",
    title: "Over-fitting",
    description: "A network can learn its examples by heart. What that looks like, and what helps.",
    scripts: ["bitgradTrainer", "lab"],
  },
];
