import { addressedOptions, defineProvider } from './define.ts';

/**
 * Azure OpenAI, v1 API (no `api-version` in the query). `baseUrl` is the resource, `https://<name>.openai.azure.com`;
 * the model is the name of the deployment.
 *
 * Source: https://learn.microsoft.com/azure/ai-foundry/openai/api-version-lifecycle (read 2026-11-22).
 */
export default defineProvider({
  id: 'azure-openai',
  display: { name: 'Azure OpenAI', homepage: 'https://azure.microsoft.com/products/ai-foundry' },
  addresses: { 'openai-responses': '/openai/v1', 'openai-chat': '/openai/v1' },
  auth: { 'openai-responses': 'api-key', 'openai-chat': 'api-key' },
  credential: 'required',
  defaultEnv: 'AZURE_OPENAI_API_KEY',
  quirks: {
    maxTokensField: {
      value: 'max_completion_tokens',
      because: 'the models are those of OpenAI, and the newer ones refuse max_tokens',
    },
    systemRole: { value: 'developer', because: 'reasoning models take developer messages in place of system messages' },
  },
  privateNetwork: false,
  options: addressedOptions(),
});
