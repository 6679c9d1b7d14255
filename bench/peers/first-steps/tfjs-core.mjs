// The smallest that trains with TensorFlow.js: core alone.

import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-core/dist/register_all_gradients";

export function trainStep() {
  const x = tf.fill([10, 784], 0.5);
  const y = tf.zeros([10, 10]);
  const [w1, b1] = [tf.variable(tf.randomNormal([784, 30])), tf.variable(tf.zeros([30]))];
  const [w2, b2] = [tf.variable(tf.randomNormal([30, 10])), tf.variable(tf.zeros([10]))];
  const dense = (a, w, b) => tf.sigmoid(tf.add(tf.matMul(a, w), b));
  tf.train.sgd(0.1).minimize(() => tf.sum(tf.squaredDifference(dense(dense(x, w1, b1), w2, b2), y)));
  b1.dataSync();
}
