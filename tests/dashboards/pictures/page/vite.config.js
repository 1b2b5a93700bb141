import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

export default defineConfig({
  plugins: [react()],
  publicDir: 'node_modules/@grafana/ui/dist/public',
  build: { chunkSizeWarningLimit: 20000 },
});
