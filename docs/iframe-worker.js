// The search asks a worker, and a browser starts none for a page that was opened as a file. There a
// hidden frame does the same: what it posts comes here as a message, and the other way round.
if (location.protocol === "file:") {
  const messageOf = (data) => new MessageEvent("message", { data: structuredClone(data) });
  window.Worker = class extends EventTarget {
    constructor(url) {
      super();
      const frame = document.createElement("iframe");
      frame.hidden = true;
      frame.srcdoc = "<!doctype html>"; // of the same origin, since nothing is fetched for it
      this.inside = new Promise((resolve) => {
        frame.onload = () => {
          const inside = frame.contentWindow;
          inside.postMessage = (data) => this.hear(data);
          const script = inside.document.createElement("script");
          script.src = new URL(url, location.href);
          script.onload = () => resolve(inside);
          inside.document.body.append(script);
        };
      });
      document.body.append(frame);
      this.terminate = () => frame.remove();
    }

    hear(data) {
      setTimeout((message) => {
        this.dispatchEvent(message);
        this.onmessage?.(message);
      }, 0, messageOf(data));
    }

    postMessage(data) {
      const message = messageOf(data);
      this.inside.then((inside) => inside.onmessage(message));
    }
  };
}
