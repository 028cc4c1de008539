/** What a person who signed in with a password does with their own way in; the store does it. */

export interface Account {
  /** They have a password and devices: whoever comes with a token of another application, or by a name, has not. */
  readonly hasPassword: boolean;
  /** The id of this browser among those on which they are signed in; "" without a password. */
  readonly device: () => string;
  /** Signs this browser out, and forgets here what they wrote. */
  readonly signOut: () => void;
  /** Sets another password. It signs the person out everywhere; this browser is signed in again. */
  readonly changePassword: (email: string, current: string, next: string) => Promise<void>;
}
