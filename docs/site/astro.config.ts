// The documents of the site, by Starlight. build.ts writes their pages before, and makes their links relative after.

import starlight from "@astrojs/starlight";
import { defineConfig, passthroughImageService } from "astro/config";
import { GROUPS, REPOSITORY } from "./pages.ts";

const rooms = ["lab", "bench", "verify", "learn"].map((room) => ({
  label: room[0]!.toUpperCase() + room.slice(1),
  link: `/rooms/${room}/`,
}));

export default defineConfig({
  base: "/docs",
  outDir: "out",
  trailingSlash: "always",
  build: { inlineStylesheets: "never" },
  image: { service: passthroughImageService() },
  integrations: [
    starlight({
      title: "bitgrad",
      favicon: "/icon.svg",
      disable404Route: true,
      credits: false,
      pagination: false,
      components: { Header: "./src/components/Header.astro" },
      customCss: ["./src/style.css"],
      expressiveCode: { themes: ["github-light", "github-dark"] },
      social: [{ icon: "github", label: "The repository", href: REPOSITORY }],
      sidebar: [
        ...GROUPS.map(({ label, pages }) => ({
          label,
          items: pages.map(({ name, label }) => ({ label, link: `/${name}/` })),
        })),
        { label: "Reference", collapsed: true, autogenerate: { directory: "reference", collapsed: true } },
        { label: "Rooms", items: rooms },
      ],
    }),
  ],
});
