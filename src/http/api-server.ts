/** The REST API on a listener of its own, where only those who administer can reach it. */
import type { Server } from 'node:http';
import { cannotListen, parseAddress, urlOf } from './address.ts';
import { createApiApp, type AppDeps } from './app.ts';
import { createHttpServer, listen } from './server.ts';

export interface ApiServer {
  /** For a client on this machine, without `/api/v4`. */
  readonly url: string;
  readonly server: Server;
}

/** @throws AppError that names the setting where the address cannot be had */
export async function openApiServer(address: string, deps: AppDeps): Promise<ApiServer> {
  // Registry tokens are asked for where registries send their clients, and nowhere else.
  const server = createHttpServer(() => false, createApiApp(deps));
  const wanted = parseAddress(address);
  const port = await listen(server, wanted).catch((error: unknown) => {
    throw cannotListen('api', address, error as NodeJS.ErrnoException);
  });
  return { url: urlOf({ ...wanted, port }), server };
}
