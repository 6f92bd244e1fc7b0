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
    public void Of_Path_Route(string path, string route) => Assert.Equal(route, Routes.Of(path));
}
