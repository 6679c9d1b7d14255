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
    path: "verify/",
    file: "verify.html",
    title: "Verify: does this browser compute the right bits?",
    description:
      "Runs a thousand small computations in your browser and compares every bit with those of all tested platforms.",
    scripts: ["verify"],
  },
];
