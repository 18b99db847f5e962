import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

/** The server that `npm run dev` passes requests on to: `nodeflow serve` says its address. */
const SERVER = "http://127.0.0.1:8188";

export default defineConfig({
  base: "./",
  plugins: [react()],
  build: { outDir: "../nodeflow/static", emptyOutDir: true, target: "es2022", chunkSizeWarningLimit: 1000 },
  server: { proxy: Object.fromEntries(["/v1", "/openapi.json"].map((path) => [path, { target: SERVER }])) },
  test: { environment: "node", include: ["src/**/*.test.{ts,tsx}"] },
});
