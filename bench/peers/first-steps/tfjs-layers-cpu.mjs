import "@tensorflow/tfjs-backend-cpu";
import { trainStep } from "./tfjs-layers.mjs";

export const firstStep = trainStep;
