namespace Tda.Core.Exchanges;

/// <summary>An error as the clients of the providers' APIs understand it.</summary>
/// <param name="Status">The HTTP status.</param>
/// <param name="Message">What is wrong and what to do, for the client's developer.</param>
/// <param name="OpenAIType">The error's type in OpenAI's form.</param>
/// <param name="Code">OpenAI's error code.</param>
/// <param name="Param">The parameter at fault, in OpenAI's form.</param>
public sealed record ApiError(int Status, string Message, string OpenAIType, string? Code = null, string? Param = null)
{
    /// <summary>The error's type in Anthropic's form; by default the one that belongs to the status.</summary>
    public string AnthropicType { get; init; } = Status switch
    {
        400 => "invalid_request_error",
        401 => "authentication_error",
        403 => "permission_error",
        404 => "not_found_error",
        413 => "request_too_large",
        429 => "rate_limit_error",
        504 => "timeout_error",
        _ => "api_error",
    };

    /// <summary>The error's type as Amazon Bedrock's clients know it, which tells them apart by a header.</summary>
    public string BedrockType => Status switch
    {
        401 or 403 => "AccessDeniedException",
        404 => "ResourceNotFoundException",
        429 => "ThrottlingException",
        502 or 503 => "ServiceUnavailableException",
        504 => "ModelTimeoutException",
        >= 500 => "InternalServerException",
        _ => "ValidationException",
    };

    private string GoogleStatus => Status switch
    {
        400 or 413 => "INVALID_ARGUMENT",
        401 => "UNAUTHENTICATED",
        403 => "PERMISSION_DENIED",
        404 => "NOT_FOUND",
        429 => "RESOURCE_EXHAUSTED",
        502 or 503 => "UNAVAILABLE",
        504 => "DEADLINE_EXCEEDED",
        _ => "INTERNAL",
    };

    /// <summary><c>{"error": {"message", "type", "param", "code"}}</c></summary>
    public byte[] ToOpenAI() =>
        JsonSerializer.SerializeToUtf8Bytes(new { error = new { message = Message, type = OpenAIType, param = Param, code = Code } });

    /// <summary><c>{"type": "error", "error": {"type", "message"}}</c></summary>
    public byte[] ToAnthropic() =>
        JsonSerializer.SerializeToUtf8Bytes(new { type = "error", error = new { type = AnthropicType, message = Message } });

    /// <summary><c>{"error": {"code", "message", "status"}}</c></summary>
    public byte[] ToGoogle() => JsonSerializer.SerializeToUtf8Bytes(new { error = new { code = Status, message = Message, status = GoogleStatus } });

    /// <summary><c>{"message"}</c></summary>
    public byte[] ToBedrock() => JsonSerializer.SerializeToUtf8Bytes(new { message = Message });
}
