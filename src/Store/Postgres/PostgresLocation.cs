using Npgsql;

namespace Tda.Store.Postgres;

/// <summary>Reads <c>postgres://user@host:port/database?sslmode=require</c>.</summary>
internal static class PostgresLocation
{
    /// <summary>The environment variable with the password. Without it: PGPASSWORD, PGPASSFILE or ~/.pgpass.</summary>
    public const string PasswordVariable = "TDA_STORE_PASSWORD";

    private const string Form = "postgres://user@host:port/database?sslmode=disable|prefer|require|verify-ca|verify-full";

    public static bool IsOne(string location) =>
        location.StartsWith("postgres://", StringComparison.OrdinalIgnoreCase)
        || location.StartsWith("postgresql://", StringComparison.OrdinalIgnoreCase);

    /// <summary>The address for people: no credentials.</summary>
    public static string Display(NpgsqlConnectionStringBuilder builder) => builder.Host!.StartsWith('/')
        ? FormattableString.Invariant($"postgres:///{builder.Database}?host={builder.Host}")
        : FormattableString.Invariant($"postgres://{builder.Host}:{builder.Port}/{builder.Database}");

    /// <exception cref="UsageException">It can't be read; the message never quotes it, since it may hold a password.</exception>
    public static NpgsqlConnectionStringBuilder Parse(string location)
    {
        if (!Uri.TryCreate(location, UriKind.Absolute, out var url) || url.AbsolutePath.Length < 2 || url.Fragment.Length > 0)
        {
            throw new UsageException($"the store's address can't be read: write {Form}");
        }

        var builder = new NpgsqlConnectionStringBuilder
        {
            Host = url.Host.Length == 0 ? "localhost" : url.Host.Trim('[', ']'),
            Port = url.Port > 0 ? url.Port : NpgsqlConnection.DefaultPort,
            Database = Uri.UnescapeDataString(url.AbsolutePath[1..]),
            ApplicationName = "tda",
        };
        var user = url.UserInfo.Split(':', 2);
        if (user[0].Length > 0)
        {
            builder.Username = Uri.UnescapeDataString(user[0]);
        }

        if (Environment.GetEnvironmentVariable(PasswordVariable) is { Length: > 0 } password)
        {
            builder.Password = password;
        }
        else if (user.Length > 1)
        {
            builder.Password = Uri.UnescapeDataString(user[1]);
        }

        foreach (var pair in url.Query.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var parts = pair.Split('=', 2);
            Set(builder, parts[0], Uri.UnescapeDataString(parts.Length > 1 ? parts[1] : ""));
        }

        return builder;
    }

    private static void Set(NpgsqlConnectionStringBuilder builder, string name, string value)
    {
        switch (name)
        {
            case "sslmode":
                builder.SslMode = Enum.TryParse<SslMode>(value.Replace("-", "", StringComparison.Ordinal), ignoreCase: true, out var mode) && Enum.IsDefined(mode)
                    ? mode
                    : throw new UsageException("the store's sslmode must be disable, allow, prefer, require, verify-ca or verify-full");
                break;
            case "sslrootcert": builder.RootCertificate = value; break;
            case "host": builder.Host = value; break; // the folder of a Unix socket
            case "application_name": builder.ApplicationName = value; break;
            case "connect_timeout":
                builder.Timeout = int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) && seconds is > 0 and <= 1024
                    ? seconds
                    : throw new UsageException("the store's connect_timeout must be 1 to 1024 seconds");
                break;
            default:
                throw new UsageException(
                    "the store's address has an unknown setting: sslmode, sslrootcert, host, application_name and connect_timeout are known");
        }
    }
}
