// What goes on while somebody looks: events of a job, and answers that are asked for again.

import { at } from "./api.js";

const AGAIN_MS = 2000;

/**
 * Follow a stream of events until `done`, over cuts and restarts of the service: the browser says
 * which event was the last, so none is missed and none comes twice.
 * @param {string} path such as `v1/jobs/job_1/events`
 * @param {Object<string, (data: any, event: MessageEvent) => void>} listeners by the events' names
 * @param {{signal: AbortSignal, onlink?: (up: boolean) => void}} how `onlink` is told of cuts
 */
export function follow(path, listeners, { signal, onlink = () => {} }) {
  let source = null;
  let last = null;
  let timer = 0;

  function connect() {
    source = new EventSource(at(path, last === null ? {} : { after: last }));
    source.onopen = () => onlink(true);
    source.onerror = () => {
      onlink(false);
      if (source.readyState !== EventSource.CLOSED) return; // it connects again by itself
      timer = setTimeout(connect, AGAIN_MS);
    };
    for (const [name, tell] of Object.entries(listeners)) {
      source.addEventListener(name, (event) => {
        last = event.lastEventId || last;
        tell(JSON.parse(event.data), event);
        if (name === "done") source.close();
      });
    }
  }

  listeners = { done: () => {}, ...listeners };
  signal.addEventListener("abort", () => { clearTimeout(timer); source?.close(); });
  connect();
}

/** Ask again and again while the view is there and somebody looks at it; a failure is no end. */
export function every(seconds, task, signal) {
  const timer = setInterval(() => { if (!document.hidden) task().catch(() => {}); }, 1000 * seconds);
  signal.addEventListener("abort", () => clearInterval(timer));
}
