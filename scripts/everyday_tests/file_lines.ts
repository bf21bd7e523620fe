/** A line for each file of a JUnit report, in the order of their names. */
export function fileLines(junit: string): string[] {
  const suites = junit.matchAll(/<testsuite name="([^"]*)" [^>]*>([\s\S]*?)<\/testsuite>/g);
  return [...suites].map(([, name = "", body = ""]) => {
    const seconds = [...body.matchAll(/<testcase [^>]* time="([\d.]+)"/g)].map(([, time]) => Number(time));
    const failed = body.split("<failure").length - 1;
    const outcome = failed === 0 ? "ok" : `${failed} FAILED`;
    const total = seconds.reduce((sum, time) => sum + time, 0);
    return `${name.replace(/^\.\//, "")} ... ${outcome} (${counted(seconds.length)}, ${total.toFixed(1)} s)`;
  }).sort();
}

function counted(tests: number): string {
  return tests === 1 ? "1 test" : `${tests} tests`;
}
