using System.Text.Json;

namespace Tda.Lab.Protocol;

/// <summary>OpenAI's error object.</summary>
public static class ApiErrorJson
{
    /// <summary><c>{"error": {"message", "type", "param", "code"}}</c></summary>
    public static byte[] Bytes(ApiException error) => JsonSerializer.SerializeToUtf8Bytes(new
    {
        error = new { message = error.Message, type = error.Type, param = error.Param, code = error.Code },
    });
}
