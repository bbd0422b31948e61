// What a job is called, and where it stands, in words.

import { duration, percent } from "./words.js";

export const FINAL = new Set(["succeeded", "failed", "cancelled"]);
const WISHES = { cancel: "is about to be cancelled", stop: "is about to finish early", pause: "is about to pause" };

/** `cats v3`, or before there is a version `cats …9a0b`, the last digits of its id. */
export const jobName = (job) =>
  job.model ? `${job.model.name} v${job.model.version}` : `${job.spec.model} …${job.id.slice(-4)}`;

/** The last digits of an id, which tell it from its neighbours. */
export const shortId = (id) => `…${id.slice(-6)}`;

/**
 * What was measured on the rows that tell the most: those to test, else to validate, else to learn.
 * @returns {[string, object] | null} the split and its scores
 */
export function bestMeasured(result) {
  for (const split of ["test", "validation", "train"]) if (result?.[split]) return [split, result[split]];
  return null;
}

/** How far a running job is: `epoch 40 of 100`, with what is left. */
export function progressWords({ phase, epoch, epochs, eta_s: left, percent: done, fold }) {
  const far = phase === "features" ? `makes features${done === null ? "" : `, ${Math.round(done)} %`}`
    : `epoch ${epoch.toLocaleString("en")} of ${epochs.toLocaleString("en")}${fold ? `, without fold ${fold}` : ""}`;
  return left === null || left === undefined ? far : `${far}, about ${duration(left)} left`;
}

/** Where a job stands, in a few words, without its state. */
export function standing(job) {
  if (job.state === "queued") return queueWords(job.queue_position);
  if (job.state === "running") return runningWords(job);
  if (job.state === "paused") return job.progress ? `after epoch ${job.progress.epoch.toLocaleString("en")}` : "before its first epoch";
  if (job.state === "failed") return job.problem?.detail ?? "";
  if (job.state === "cancelled") return job.ended_because ?? "";
  return resultWords(job);
}

function queueWords(place) {
  if (!place) return "waits for a worker";
  return place === 1 ? "next in the queue" : `place ${place.toLocaleString("en")} in the queue`;
}

function runningWords({ requested, progress }) {
  if (requested) return WISHES[requested] ?? requested;
  return progress ? progressWords(progress) : "prepares its first epoch";
}

function resultWords({ result }) {
  if (result?.verification) return result.verification.message;
  const found = bestMeasured(result);
  return found ? `${percent(found[1].accuracy)} right on ${found[0]}` : "";
}
