using Tda.Gateway.Upstreams;

namespace Tda.Gateway.Tests.Upstreams;

public class UpstreamAddressTests
{
    // Base URLs as the providers' documentation gives them to OpenAI's, Anthropic's, Google's, Azure's and Amazon's clients.
    [Theory]
    [InlineData("https://api.openai.com", "/v1/chat/completions", "/v1/chat/completions")]
    [InlineData("https://api.openai.com/v1", "/v1/chat/completions", "/v1/chat/completions")]
    [InlineData("https://api.openai.com/v1/", "/v1/files/a%2Fb?x=%2F", "/v1/files/a%2Fb?x=%2F")]
    [InlineData("https://generativelanguage.googleapis.com/v1beta/openai/", "/v1/chat/completions", "/v1beta/openai/chat/completions")]
    [InlineData("https://generativelanguage.googleapis.com/v1beta/openai", "/v1beta/openai/chat/completions", "/v1beta/openai/chat/completions")]
    [InlineData("https://generativelanguage.googleapis.com", "/v1beta/models/g:generateContent?key=k", "/v1beta/models/g:generateContent?key=k")]
    [InlineData("https://generativelanguage.googleapis.com/v1beta", "/v1beta/models/g:generateContent", "/v1beta/models/g:generateContent")]
    [InlineData("https://generativelanguage.googleapis.com/v1beta", "/v1/models/g:generateContent", "/v1beta/models/g:generateContent")]
    [InlineData("https://x.openai.azure.com", "/openai/deployments/d/chat/completions?api-version=1", "/openai/deployments/d/chat/completions?api-version=1")]
    [InlineData("https://x.openai.azure.com/openai/deployments/d", "/v1/chat/completions?api-version=1", "/openai/deployments/d/chat/completions?api-version=1")]
    [InlineData("https://x.openai.azure.com/openai/deployments/d", "/openai/deployments/d/chat/completions", "/openai/deployments/d/chat/completions")]
    [InlineData("https://x.openai.azure.com/openai/v1", "/v1/responses", "/openai/v1/responses")]
    [InlineData("https://api.z.ai/api/paas/v4", "/v1/chat/completions", "/api/paas/v4/chat/completions")]
    [InlineData("https://api.z.ai/api/anthropic", "/v1/messages?beta=true", "/api/anthropic/v1/messages?beta=true")]
    [InlineData("https://api.z.ai/api/anthropic/v1", "/v1/messages/count_tokens", "/api/anthropic/v1/messages/count_tokens")]
    [InlineData("https://api.anthropic.com", "/v1/messages", "/v1/messages")]
    [InlineData("https://bedrock-runtime.eu-west-1.amazonaws.com", "/model/a.b%3A0/converse", "/model/a.b%3A0/converse")]
    [InlineData("https://proxy.example/aws", "/model/m/converse", "/aws/model/m/converse")]
    [InlineData("https://proxy.example/google/v1beta", "/v1beta/models/g:generateContent", "/google/v1beta/models/g:generateContent")]
    public void Map_Call_TheAddressThatTheProvidersOwnClientUses(string url, string target, string expected)
    {
        Assert.True(UpstreamAddress.TryParse(url, out var address, out _));

        Assert.Equal(new Uri(url).GetLeftPart(UriPartial.Authority) + expected, address.Map(target).OriginalString);
    }

    // A path that begins as the base path does, but is another route, would reach a call whose rules don't hold for it.
    [Theory]
    [InlineData("https://x.example/v1beta/foo", "/v1beta/foo/chat/completions", "/v1beta/foo/v1beta/foo/chat/completions")]
    [InlineData("https://x.example/v2/messages", "/v2/messages/batches", "/v2/messages/v2/messages/batches")]
    public void Map_BasePathRepeatedUnderAnotherRoute_Doubled(string url, string target, string expected)
    {
        Assert.True(UpstreamAddress.TryParse(url, out var address, out _));

        Assert.Equal("https://x.example" + expected, address.Map(target).OriginalString);
    }
}
