namespace Tda.Gateway.Redaction.Detection;

/// <summary>The kinds of secrets that are known here, and their names in options and masks.</summary>
internal static class BuiltIn
{
    public const string ApiKey = "api_key";
    public const string Email = "email";
    public const string Phone = "phone";
    public const string Card = "card";

    public static readonly IReadOnlyList<string> Names = [ApiKey, Email, Phone, Card];
}
