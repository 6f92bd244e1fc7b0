namespace Tda.Gateway.Tests.Redaction;

/// <summary>Secrets of every kind that is known, none of them anyone's, and texts that are none.</summary>
internal static class Secrets
{
    public static readonly string[] All =
    [
        "sk-proj-4f9Qx81bTz0Lw7PvK2mD", "sk-ant-api03-Zx9Kq2Lw8Vn4Rt6Yp1-AA", "sk_live_4eC39HqLyjWDarjtT1zd", "AKIAIOSFODNN7EXAMPLE",
        "ghp_16C7e42F292c6912E7710c838347Ae178B4a", "github_pat_11ABCDEFG0abcdefghijkl_mnopqrst", "glpat-9sXq2Lw8Vn4Rt6Yp1AAb",
        "xoxb-2048-4096-AbCdEfGhIjKl", "AIzaSyA1b2C3d4E5f6G7h8I9j0KlMnOpQrStUvW", "hf_AbCdEfGhIjKlMnOpQrStUvWxYz0123",
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U",
        "tda_k7Qm2xB9_0aB1cD2eF3gH4iJ5kL6mN7oP8qR9sT0uV1wX2yZ3", "john.doe+lists@mail.example.co.uk", "j@x.io", "+49 170 1234567", "+1 (555) 123-4567",
        "+4915112345678", "(555) 123-4567", "555-123-4567", "555.123.4567", "4111 1111 1111 1111", "4111-1111-1111-1111", "4111111111111111",
        "5500005555555559", "378282246310005", "3782 822463 10005", "6011111111111117",
    ];

    public static readonly string[] Harmless =
    [
        "1700000000", "1764054000123", "2026-01-01T10:00:00+10:00", "0.4111111111111111", "-0.123456789012345678", "4111111111111112", "x4111111111111111",
        "550e8400-e29b-41d4-a716-446655440000", "chatcmpl-4111111111111111aa", "task-force-2026-of-the-union", "sk-learn-based-pipelines", "risk-averse-1234567890123456",
        "a@b", "@decorator", "user @ home.example", "1+23456789", "+0.123456789", "+1.23456789", "C++17 and C++20", "eyJ is how it starts", "bearer of bad news",
        "AKIA", "package@1.2.3", "192.168.100.200", "3.14159265358979323846", "10.0.0.1:8080", "2,147,483,647", "0x4111111111111111ff", "12:34:56.789012345678901",
        "call 123-45 or 12-345-67", "a 555-123-45678 b", "BEGIN PRIVATE KEY", "xoxo-love", "gho_st", "tda_data", "%zz 100% sure", "\\u12 \\x",
    ];
}
