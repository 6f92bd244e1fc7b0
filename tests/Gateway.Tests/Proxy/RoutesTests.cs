using Tda.Gateway.Proxy;

namespace Tda.Gateway.Tests.Proxy;

public class RoutesTests
{
    [Theory]
    [InlineData("/v1/chat/completions", "/v1/chat/completions")]
    [InlineData("/v1/chat/completions/", "/v1/chat/completions")]
    [InlineData("/v1/chat/completions/abc/messages", "/v1/chat/completions/{id}")]
    [InlineData("/v1/responses", "/v1/responses")]
    [InlineData("/v1/responses/resp_1", "/v1/responses/{id}")]
    [InlineData("/v1/responses/resp_1/cancel", "/v1/responses/{id}")]
    [InlineData("/v1/responses/input_tokens", "/v1/responses/input_tokens")]
    [InlineData("/v1/messages", "/v1/messages")]
    [InlineData("/v1/messages/count_tokens", "/v1/messages/count_tokens")]
    [InlineData("/v1/messages/batches/b1/results", "/v1/messages/batches/{id}")]
    [InlineData("/v1/models/m-1", "/v1/models")]
    [InlineData("/v1/files/f-1/content", "/v1/files")]
    [InlineData("/v1", "/v1")]
    [InlineData("/v1beta/openai/chat/completions", "/v1/chat/completions")]
    [InlineData("/openai/deployments/gpt-4o/chat/completions", "/v1/chat/completions")]
    [InlineData("/openai/deployments/gpt-4o/embeddings", "/v1/embeddings")]
    [InlineData("/openai/v1/responses/resp_1", "/v1/responses/{id}")]
    [InlineData("/openai/v1/responses/compact", "/v1/responses/compact")]
    [InlineData("/v1/deployments/d/messages/count_tokens", "/v1/messages/count_tokens")]
    [InlineData("/v1beta/models", "/v1/models")]
    [InlineData("/v1beta/models/gemini-2.5-flash", "/v1/models")]
    [InlineData("/v1beta/models/gemini-2.5-flash:generateContent", "/v1/models:generateContent")]
    [InlineData("/v1/models/g:GENERATECONTENT", "/v1/models:generateContent")]
    [InlineData("/v1/projects/p/locations/l/publishers/google/models/g:streamGenerateContent", "/v1/models:streamGenerateContent")]
    [InlineData("/v1/models/ft:gpt-4o:org::id", "/v1/models")]
    [InlineData("/model/amazon.nova-lite-v1:0/converse", "/v1/model/converse")]
    [InlineData("/model/arn%3Aaws%2Fx/invoke-with-response-stream", "/v1/model/invoke-with-response-stream")]
    [InlineData("/model/m/other", "/v1/model")]
    public void Of_Path_Route(string path, string route)
    {
        Assert.Equal(route, Routes.Of(path));
        Assert.True(Routes.Disguised(path) is null, "a plain path is refused as disguised");
    }

    [Theory]
    [InlineData("/v1/chat/completions", null)]
    [InlineData("/openai/deployments/gpt-4o/chat/completions?api-version=1", "gpt-4o")]
    [InlineData("/v1beta/models/gemini-2.5-flash:generateContent?alt=sse", "gemini-2.5-flash")]
    [InlineData("/v1beta/models/g:countTokens?alt=sse", "g")]
    [InlineData("/v1/models/ft:gpt-4o:org::id", "ft:gpt-4o:org::id")]
    [InlineData("/p/model/amazon.nova-lite-v1%3A0/converse", "amazon.nova-lite-v1:0")]
    [InlineData("/v1/models", null)]
    public void ModelIn_Path_TheModelThatItNames(string path, string? model) => Assert.Equal(model, Routes.ModelIn(path));
}
