/** A short two-tone bell, made in the page. Browsers stay silent until the reader has touched the page once. */
export function ring(): void {
  const audio = new AudioContext();
  const gain = audio.createGain();
  gain.connect(audio.destination);
  const start = audio.currentTime;
  gain.gain.setValueAtTime(0.12, start);
  gain.gain.exponentialRampToValueAtTime(0.001, start + 0.7);
  for (const [frequency, delay] of [[1318.5, 0], [1760, 0.12]] as const) {
    const tone = audio.createOscillator();
    tone.frequency.value = frequency;
    tone.connect(gain);
    tone.start(start + delay);
    tone.stop(start + 0.75);
  }
  setTimeout(() => void audio.close(), 1_000);
}
