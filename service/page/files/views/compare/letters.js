// What compared jobs are called, here and in the words of the service.

/** A, B, C, … in the order in which they were asked for. */
export const letter = (at) => String.fromCharCode(65 + at);
