/** The sound that calls: two short tones, made here. Browsers let a page make none before somebody has used it. */

const TONES = [
  [880, 0],
  [1174.7, 0.14],
] as const; // Hz, and after how many seconds
const LOUDNESS = 0.18;
const LASTS = 0.42; // seconds, each

let context: AudioContext | null = null;

/** Plays it. False: this browser does not let the page, as long as nobody has pressed a key or a button in it. */
export async function chime(): Promise<boolean> {
  if (navigator.userActivation?.hasBeenActive === false || !("AudioContext" in globalThis)) return false;
  try {
    context ??= new AudioContext();
    await context.resume();
    for (const [pitch, after] of TONES) tone(context, pitch, context.currentTime + after);
    return true;
  } catch {
    return false; // there is no device for it
  }
}

function tone(on: AudioContext, pitch: number, at: number): void {
  const [source, loudness] = [on.createOscillator(), on.createGain()];
  source.frequency.value = pitch;
  loudness.gain.setValueAtTime(0, at);
  loudness.gain.linearRampToValueAtTime(LOUDNESS, at + 0.01);
  loudness.gain.exponentialRampToValueAtTime(0.001, at + LASTS);
  source.connect(loudness).connect(on.destination);
  source.start(at);
  source.stop(at + LASTS);
}
