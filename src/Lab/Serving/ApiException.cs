namespace Tda.Lab.Serving;

/// <summary>A refused request: becomes an HTTP status and OpenAI's error object.</summary>
internal sealed class ApiException(int status, string message, string type, string? param = null, string? code = null) : Exception(message)
{
    /// <summary>What the client gets.</summary>
    public ApiError Error { get; } = new(status, message, type, code, param);

    /// <summary>400: a parameter that is missing, of the wrong type or out of range, or not supported here.</summary>
    public static ApiException Invalid(string message, string? param = null, string? code = null) =>
        new(400, message, "invalid_request_error", param, code);
}
