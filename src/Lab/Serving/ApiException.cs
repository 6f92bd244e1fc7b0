using System.Text.Json;

namespace Tda.Lab.Serving;

/// <summary>A refused request: becomes an HTTP status and OpenAI's error object.</summary>
public sealed class ApiException(int status, string message, string type, string? param = null, string? code = null)
    : Exception(message)
{
    /// <summary>HTTP status.</summary>
    public int Status => status;

    /// <summary>OpenAI's error type.</summary>
    public string Type => type;

    /// <summary>The parameter at fault.</summary>
    public string? Param => param;

    /// <summary>OpenAI's error code.</summary>
    public string? Code => code;

    /// <summary>400: a parameter that is missing, of the wrong type or out of range, or not supported here.</summary>
    public static ApiException Invalid(string message, string? param = null, string? code = null) =>
        new(400, message, "invalid_request_error", param, code);
}

/// <summary>OpenAI's error object.</summary>
public static class ApiErrorJson
{
    /// <summary><c>{"error": {"message", "type", "param", "code"}}</c></summary>
    public static byte[] Bytes(ApiException error) => JsonSerializer.SerializeToUtf8Bytes(new
    {
        error = new { message = error.Message, type = error.Type, param = error.Param, code = error.Code },
    });
}
