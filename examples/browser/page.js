// Trains in the page with fitAsync, which gives the thread back every few milliseconds: animation frames draw what the
// network takes the plane for while it learns. ?problem=moons&engine=reference&dtype=f64&autostart presets the
// controls.

import { Network } from "../../dist/index.js";
import { problems, SCALE } from "./problems.js";

const COLORS = [
  [64, 118, 235],
  [240, 128, 48],
];
const element = (id) => document.getElementById(id);
const show = (id, text) => {
  element(id).textContent = text;
};
const form = element("controls");
const selects = [...form.querySelectorAll("select")];
const button = form.querySelector("button");
const canvas = document.querySelector("canvas");
const size = canvas.width;

// every pixel's place in the plane, the y axis pointing up
const grid = { data: new Float32Array(size * size * 2), shape: [size * size, 2] };
for (let n = 0; n < size * size; n++) {
  const place = (pixel) => (((pixel + 0.5) * 256) / size - 128) / SCALE;
  grid.data.set([place(n % size), -place(Math.floor(n / size))], 2 * n);
}

let net; // the network on show
let losses = []; // of its epochs
let startedAt = 0;
let controller; // there while it is being trained
let frames = 0; // drawn meanwhile
let longestPauseMs = 0; // between two of them

const settings = () => Object.fromEntries(selects.map(({ name, value }) => [name, value]));

/** Puts an untrained network for the chosen settings on show. */
async function reset() {
  const { problem: name, engine, dtype } = settings();
  const { x, y, network } = problems[name];
  const created = await Network.create({ ...network, engine, dtype });
  net?.dispose();
  net = created;
  losses = [];
  document.querySelector(".plot svg").innerHTML = x
    .map(([px, py], s) => `<circle cx="${px * SCALE}" cy="${-py * SCALE}" r="3" fill="rgb(${COLORS[y[s][0]]})" />`)
    .join("");
  show("status", `${x.length} points, a network of 2-${net.layers.map(({ units }) => units).join("-")} units`);
  for (const id of ["epoch", "error", "rate", "pause", "here", "node"]) show(id, "–");
  show("frames", "0");
  show("verdict", "");
  draw();
}

async function train() {
  controller = new AbortController();
  enable();
  try {
    await reset();
    const { problem: name, dtype } = settings();
    const { x, y, fit, digests } = problems[name];
    frames = 0;
    longestPauseMs = 0;
    startedAt = performance.now();
    await net.fitAsync(x, y, { ...fit, onEpoch: ({ loss }) => losses.push(loss), signal: controller.signal });

    draw();
    const same = net.digest() === digests[dtype];
    show("status", `Learned in ${((performance.now() - startedAt) / 1000).toFixed(1)} s by the ${net.engine} engine`);
    show("here", net.digest());
    show("node", digests[dtype]);
    show("verdict", same ? "✓ the same bits" : "✗ other bits");
    element("verdict").className = same ? "good" : "bad";
  } catch (error) {
    if (!controller.signal.aborted) throw error;
    draw();
    show("status", `Stopped after ${net.epochs} whole epochs`);
    show("here", net.digest());
  } finally {
    controller = undefined;
    enable();
  }
}

/** Makes usable what can be used now. */
function enable() {
  const training = controller !== undefined;
  for (const select of selects) select.disabled = training;
  button.disabled = false;
  button.textContent = training ? "Stop" : "Train";
}

function draw() {
  const { x, y, fit } = problems[settings().problem];
  const image = new ImageData(size, size);
  net.predict(grid).data.forEach((output, n) => {
    image.data.set([...COLORS[Math.round(output)], Math.abs(output - 0.5) * 260], 4 * n); // the surer, the stronger
  });
  canvas.getContext("2d").putImageData(image, 0, 0);

  const right = net.predict(x).filter(([output], s) => Math.round(output) === y[s][0]).length;
  show("accuracy", `${((100 * right) / x.length).toFixed(1)} %`);
  if (losses.length > 0) {
    const seconds = (performance.now() - startedAt) / 1000;
    show("epoch", losses.length.toLocaleString("en"));
    show("error", losses.at(-1).toPrecision(3));
    show("rate", Math.round((losses.length * x.length) / seconds).toLocaleString("en"));
  }
  drawLosses(fit.epochs);
}

/** Decades from 100 down to 0.01 as lines, the losses as a curve of at most 400 points. */
function drawLosses(epochs) {
  const top = (loss) => Math.min(150, 37.5 * (2 - Math.log10(loss)));
  const decades = [100, 10, 1, 0.1, 0.01]
    .map(
      (loss) =>
        `<line x1="34" x2="400" y1="${top(loss)}" y2="${top(loss)}" /><text y="${top(loss) + 4}">${loss}</text>`,
    )
    .join("");
  const step = Math.ceil(losses.length / 400);
  let curve = "";
  for (let e = 0; e < losses.length; e += step) curve += `${34 + (366 * e) / epochs},${top(losses[e])} `;
  document.querySelector("#loss svg").innerHTML = `${decades}<polyline points="${curve}" />`;
}

let framedAt = 0;
let drawnAt = 0;
let drawingMs = 0;

function frame(now) {
  document.querySelector(".hand").setAttribute("transform", `rotate(${(now * 0.12) % 360})`);
  if (controller !== undefined && losses.length > 0) {
    frames++;
    longestPauseMs = Math.max(longestPauseMs, now - framedAt);
    show("frames", frames.toLocaleString("en"));
    show("pause", `${longestPauseMs.toFixed(0)} ms`);
    // a slow engine draws less often: a fifth of the time at most
    if (now - drawnAt > 5 * drawingMs) {
      draw();
      drawingMs = performance.now() - now;
      drawnAt = now;
    }
  }
  framedAt = now;
  requestAnimationFrame(frame);
}

const parameters = new URLSearchParams(location.search);
for (const select of selects) {
  const wanted = [...select.options].find(({ value }) => value === parameters.get(select.name));
  if (wanted !== undefined) wanted.selected = true;
}

const fail = (error) => show("status", error.message);
form.addEventListener("change", () => reset().catch(fail));
form.addEventListener("submit", (event) => {
  event.preventDefault();
  if (controller === undefined) train().catch(fail);
  else controller.abort();
});
requestAnimationFrame(frame);
await (parameters.has("autostart") ? train() : reset()).catch(fail);
enable();
