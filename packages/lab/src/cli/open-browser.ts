import { spawn } from "node:child_process";

/** Opens a file or an address with what the system opens it with; says so where there is nothing. */
export function openInBrowser(target: string): void {
  const [command, ...args] =
    process.platform === "darwin"
      ? ["open"]
      : process.platform === "win32"
        ? ["cmd", "/c", "start", ""]
        : ["xdg-open"];
  const opener = spawn(command as string, [...args, target], { stdio: "ignore", detached: true });
  opener.on("error", () => console.error(`steepest: could not open a browser; open ${target}`));
  opener.unref();
}
