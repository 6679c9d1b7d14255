// Run by workerd: answers any request with the suites.

import { runSuites } from "../golden/suite.ts";

export default {
  async fetch(): Promise<Response> {
    try {
      return Response.json(await runSuites(SHARE));
    } catch (error) {
      return new Response(String(error), { status: 500 });
    }
  },
};
