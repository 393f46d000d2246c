/** An error with one of Prisma's codes. https://www.prisma.io/docs/orm/reference/error-reference */
export class KnownError extends Error {
  /**
   * @param {string} code
   * @param {string} message
   * @param {Record<string, unknown>} meta
   */
  constructor(code, message, meta = {}) {
    super(message);
    this.code = code;
    this.meta = meta;
  }

  /** As the binary writes it: an answer's `user_facing_error`, and what it says when it cannot start. */
  toJSON() {
    return { is_panic: false, message: this.message, meta: this.meta, error_code: this.code };
  }
}
