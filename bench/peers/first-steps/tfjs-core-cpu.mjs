import "@tensorflow/tfjs-backend-cpu";
import { trainStep } from "./tfjs-core.mjs";

export const firstStep = trainStep;
