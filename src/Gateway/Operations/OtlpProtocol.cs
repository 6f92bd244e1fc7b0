namespace Tda.Gateway.Operations;

/// <summary>How telemetry travels to a collector.</summary>
public enum OtlpProtocol
{
    /// <summary>Protocol buffers over HTTP; collectors listen on port 4318. The default.</summary>
    HttpProtobuf,

    /// <summary>gRPC; collectors listen on port 4317.</summary>
    Grpc,
}
