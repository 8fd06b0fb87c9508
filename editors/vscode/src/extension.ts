/** Starts `flaxargs server` and hands documents to it; all that is known of Flax is the server's. */

import * as fs from "node:fs";
import * as path from "node:path";
import * as vscode from "vscode";
import { LanguageClient, LanguageClientOptions, ServerOptions, TransportKind } from "vscode-languageclient/node";

let client: LanguageClient | undefined;

export async function activate(context: vscode.ExtensionContext): Promise<void> {
  context.subscriptions.push(
    vscode.commands.registerCommand("flaxargs.restart", restart),
    vscode.workspace.onDidChangeConfiguration(async (event) => {
      if (event.affectsConfiguration("flaxargs.command")) {
        await restart();
      }
    }),
  );
  await start();
}

export async function deactivate(): Promise<void> {
  await client?.stop();
}

async function restart(): Promise<void> {
  await client?.dispose();
  client = undefined;
  await start();
}

async function start(): Promise<void> {
  const [command, ...args] = await serverCommand();
  if (command === undefined) {
    return;
  }
  const server: ServerOptions = { command, args, transport: TransportKind.stdio };
  const options: LanguageClientOptions = {
    documentSelector: [
      { language: "python", scheme: "file" },
      { language: "python", scheme: "untitled" },
      { language: "python", scheme: "vscode-notebook-cell" },
    ],
    initializationOptions: vscode.workspace.getConfiguration("flaxargs"),
    synchronize: { configurationSection: "flaxargs" },
  };
  client = new LanguageClient("flaxargs", "flaxargs", server, options);
  try {
    await client.start();
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error);
    void vscode.window.showErrorMessage(
      `flaxargs: cannot start '${command} ${args.join(" ")}': ${said}. ` +
        `Install flake8-flaxargs[lsp] into the Python environment of the workspace, or set flaxargs.command.`,
    );
  }
}

/** What the user says, else the environment that the Python extension has chosen, else PATH. */
async function serverCommand(): Promise<string[]> {
  const given = vscode.workspace.getConfiguration("flaxargs").get<string[]>("command") ?? [];
  if (given.length > 0) {
    return given;
  }
  const python = await chosenPython();
  if (python !== undefined) {
    const beside = path.join(path.dirname(python), process.platform === "win32" ? "flaxargs.exe" : "flaxargs");
    if (fs.existsSync(beside)) {
      return [beside, "server"];
    }
  }
  return ["flaxargs", "server"];
}

async function chosenPython(): Promise<string | undefined> {
  const extension = vscode.extensions.getExtension("ms-python.python");
  if (extension === undefined) {
    return undefined;
  }
  const api = (await extension.activate()) as {
    environments?: { getActiveEnvironmentPath?: () => { path: string } };
  };
  return api.environments?.getActiveEnvironmentPath?.().path;
}
