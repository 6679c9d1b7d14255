// The pole on a cart, as OpenAI Gym's CartPole-v1 has it (Barto, Sutton and Anderson 1983): push left or right so that
// the pole stays up, for 500 steps at most. Math.sin and Math.cos have other bits on other engines, so a series takes
// their place; with ± × ÷ alone an episode is the same everywhere.

/** Position of the cart, its speed, the angle of the pole, its speed. */
export type State = [position: number, speed: number, angle: number, turn: number];

export const MAX_STEPS = 500;

const GRAVITY = 9.8;
const POLE_MASS = 0.1;
const MASS = 1 + POLE_MASS; // of both
const HALF_LENGTH = 0.5;
const FORCE = 10;
const SECONDS = 0.02; // a step
const FAR = 2.4;
const TILTED = (12 * 2 * 3.141592653589793) / 360;

/** The state after a push to the right, or else to the left. */
export function push([position, speed, angle, turn]: State, right: boolean): State {
  const [sin, cos] = [sinOf(angle), cosOf(angle)];
  const force = (right ? FORCE : -FORCE) + POLE_MASS * HALF_LENGTH * turn * turn * sin;
  const angular = (GRAVITY * sin - (cos * force) / MASS) / (HALF_LENGTH * (4 / 3 - (POLE_MASS * cos * cos) / MASS));
  const linear = force / MASS - (POLE_MASS * HALF_LENGTH * angular * cos) / MASS;
  return [position + SECONDS * speed, speed + SECONDS * linear, angle + SECONDS * turn, turn + SECONDS * angular];
}

export function hasFallen([position, , angle]: State): boolean {
  return Math.abs(position) > FAR || Math.abs(angle) > TILTED;
}

// to the last digits of f64, for angles up to a quarter
function sinOf(x: number): number {
  const y = x * x;
  return x * (1 - (y / 6) * (1 - (y / 20) * (1 - (y / 42) * (1 - (y / 72) * (1 - y / 110)))));
}

function cosOf(x: number): number {
  const y = x * x;
  return 1 - (y / 2) * (1 - (y / 12) * (1 - (y / 30) * (1 - (y / 56) * (1 - (y / 90) * (1 - y / 132)))));
}
