// Pictures by the camera, which is asked for only when somebody wants it.

import { h, put } from "../../parts/dom.js";

/**
 * A button, and what it opens.
 * @param {{taken: (file: File) => void, signal: AbortSignal}} how
 */
export function camera({ taken, signal }) {
  const box = h("div", {});
  const open = h("button", { type: "button", onclick: opened }, "Use the camera");
  let stream = null;
  let count = 0;
  put(box, open);
  signal.addEventListener("abort", closed);

  async function opened() {
    if (!navigator.mediaDevices) return put(box, h("p", { class: "reason" }, whyNot()));
    try {
      stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
    } catch (error) {
      return put(box, open, h("p", { class: "reason", role: "alert" }, refused(error)));
    }
    if (signal.aborted) return closed();
    const video = h("video", { autoplay: true, playsinline: true, "aria-label": "What the camera sees" });
    video.muted = true;
    video.srcObject = stream;
    const take = h("button", { type: "button", class: "primary", onclick: () => picture(video) }, "Take a picture");
    put(box, video, h("div", { class: "row centred" }, take, h("button", { type: "button", onclick: closed }, "Close the camera")));
    take.focus();
  }

  function picture(video) {
    if (!video.videoWidth) return;
    const canvas = h("canvas", { width: video.videoWidth, height: video.videoHeight });
    canvas.getContext("2d").drawImage(video, 0, 0);
    canvas.toBlob((blob) => taken(new File([blob], `camera-${++count}.jpg`, { type: "image/jpeg" })), "image/jpeg", 0.95);
  }

  function closed() {
    stream?.getTracks().forEach((track) => track.stop());
    stream = null;
    put(box, open);
    if (!signal.aborted) open.focus();
  }

  return box;
}

function whyNot() {
  return window.isSecureContext ? "This browser has no camera for pages."
    : "Browsers give the camera to pages that came over HTTPS, or from this machine (http://localhost), only. "
      + "Open the page so, or take the picture with another program and drop it here.";
}

function refused({ name, message }) {
  if (name === "NotAllowedError") return "The browser did not give the camera. Allow it in the address bar, then try again.";
  if (name === "NotFoundError") return "No camera was found.";
  return `The camera cannot be used: ${message}`;
}
