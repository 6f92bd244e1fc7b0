namespace Tda.Core.Tests.Exchanges;

public class ApiErrorTests
{
    [Fact]
    public void ToOpenAI_Error_AllFourMembersAlsoWhereNull() => Assert.Equal(
        """{"error":{"message":"no","type":"invalid_request_error","param":null,"code":"bad"}}""",
        Encoding.UTF8.GetString(new ApiError(400, "no", "invalid_request_error", "bad").ToOpenAI()));

    // https://docs.anthropic.com/en/api/errors
    [Theory]
    [InlineData(400, "invalid_request_error")]
    [InlineData(401, "authentication_error")]
    [InlineData(403, "permission_error")]
    [InlineData(404, "not_found_error")]
    [InlineData(413, "request_too_large")]
    [InlineData(429, "rate_limit_error")]
    [InlineData(500, "api_error")]
    [InlineData(503, "api_error")]
    [InlineData(504, "timeout_error")]
    public void ToAnthropic_Status_TheTypeThatBelongsToIt(int status, string type) => Assert.Equal(
        $$$"""{"type":"error","error":{"type":"{{{type}}}","message":"no"}}""",
        Encoding.UTF8.GetString(new ApiError(status, "no", "x").ToAnthropic()));
}
